using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

internal sealed class StorageAllowanceRepository(MessagingDbContext context) : IStorageAllowanceRepository
{
    /// <summary>Users get their row with the first upload.</summary>
    private const string Create = "INSERT INTO storage_allowances (user_id) SELECT id FROM users WHERE id = $1 ON CONFLICT DO NOTHING";

    /// <summary>Counts what <c>ReadDatabase.StoredAttachmentsOf</c> returns.</summary>
    private const string CountUse =
        """
        SELECT coalesce(sum(declared_bytes), 0)::bigint, count(*) FILTER (WHERE state = 0)::int FROM attachments
        WHERE uploader_id = $1 AND erased_at IS NULL AND encrypted_key IS NOT NULL AND (remove_at IS NULL OR remove_at > $2)
        """;

    private static readonly string _lock =
        $"""
        SELECT {StorageAllowanceConfiguration.Columns.NamesOf("allowance")} FROM storage_allowances AS allowance
        WHERE user_id = $1 FOR NO KEY UPDATE
        """;

    /// <remarks>
    /// One round trip. The count is a statement of its own after the lock, so that it sees the uploads that began while the lock was
    /// awaited.
    /// </remarks>
    public async Task<StorageToChange> LoadAsync(UserId userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var load = await context.CreateLockingBatchAsync(
        [
            new ReadStatement(Create, Parameter.Of(userId.Value)),
            new ReadStatement(_lock, Parameter.Of(userId.Value)),
            new ReadStatement(CountUse, Parameter.Of(userId.Value), Parameter.Of(now)),
        ]);
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
}
