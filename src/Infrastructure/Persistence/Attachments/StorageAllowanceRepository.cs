using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

internal sealed class StorageAllowanceRepository(MessagingDbContext context) : IStorageAllowanceRepository
{
    /// <summary>Locks the row, which a user gets with the first upload. Returns no row for an unknown user.</summary>
    private static readonly string _lock =
        $"""
        INSERT INTO storage_allowances AS allowance (user_id) SELECT id FROM users WHERE id = $1
        ON CONFLICT (user_id) DO UPDATE SET bytes_limit = allowance.bytes_limit
        RETURNING {StorageAllowanceConfiguration.Columns.NamesOf("allowance")}
        """;

    /// <summary>Counts what <c>ReadDatabase.StoredAttachmentsOf</c> returns.</summary>
    private const string CountUse =
        """
        SELECT coalesce(sum(greatest(declared_bytes, coalesce(bytes, 0) + coalesce(thumbnail_bytes, 0))), 0)::bigint, count(*) FILTER (WHERE state = 0)::int FROM attachments
        WHERE uploader_id = $1 AND erased_at IS NULL AND encrypted_key IS NOT NULL AND (remove_at IS NULL OR remove_at > $2)
        """;

    /// <remarks>
    /// One round trip. The count is a statement of its own after the lock, so that it sees the uploads that began while the lock was
    /// awaited.
    /// </remarks>
    public async Task<StorageToChange> LoadAsync(UserId userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var load = await context.CreateLockingBatchAsync(StatementsToChange(userId, now));
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            throw new DomainException(UserErrors.NotFound);

        var allowance = StorageAllowanceConfiguration.Columns.Read(reader, 0)!;
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var use = new StorageUse(reader.GetInt64(0), reader.GetInt32(1));

        // EF Core tracks it as unchanged.
        context.Attach(allowance);

        return new StorageToChange(allowance, use);
    }

    internal static IEnumerable<ReadStatement> StatementsToChange(UserId userId, DateTimeOffset now)
    {
        yield return new ReadStatement(_lock, Parameter.Of(userId.Value));
        yield return new ReadStatement(CountUse, Parameter.Of(userId.Value), Parameter.Of(now));
    }
}
