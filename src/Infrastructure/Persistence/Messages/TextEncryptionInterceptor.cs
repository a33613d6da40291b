using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// Encrypts the texts that EF Core saves: the new text of an edited message, and its earlier one. The entities keep the stored form, which
/// no one reads: the response is made before the save. Sends are stored without EF Core (by <c>StoreStatement</c>).
/// </summary>
internal sealed class TextEncryptionInterceptor(MessageEncryption encryption) : SaveChangesInterceptor
{
    private const string LoadKey = "SELECT encrypted_key FROM conversation_keys WHERE conversation_id = $1";

    private const string AddKey = "INSERT INTO conversation_keys (conversation_id, encrypted_key) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        var context = (MessagingDbContext)eventData.Context!;
        var changed = context.ChangeTracker.Entries<Message>().Where(entry => entry.Property(message => message.Content).IsModified);
        foreach (var entry in changed.ToList())
        {
            var text = entry.Entity.Content;
            var versions = context.ChangeTracker.Entries<MessageVersion>().Where(version => IsNewOf(version, entry.Entity)).ToList();
            var hasText = text.Length > 0 || versions.Count > 0;
            var key = encryption.IsOn && hasText
                ? await LoadOrAddKeyAsync(context, entry.Entity.ConversationId, cancellationToken)
                : null;
            foreach (var version in versions)
                Encrypt(version, TextPlace.Of(entry.Entity) with { Version = version.Entity.Number }, version.Entity.Content, key);

            Encrypt(entry, TextPlace.Of(entry.Entity), text, key);
        }

        return result;
    }

    private static bool IsNewOf(EntityEntry<MessageVersion> version, Message message) =>
        version.State == EntityState.Added && version.Entity.MessageId == message.Id;

    private void Encrypt(EntityEntry entry, TextPlace place, string text, byte[]? key)
    {
        if (key is not null)
            entry.Property(nameof(Message.Content)).CurrentValue = encryption.Encrypt(place, key, text);

        // Also for an equal value: what the row had before is not loaded.
        var isEncrypted = entry.Property(MessageConfiguration.IsEncrypted);
        isEncrypted.CurrentValue = key is not null && text.Length > 0;
        isEncrypted.IsModified = entry.State == EntityState.Modified;
    }

    /// <summary>Returns the stored key of a conversation. If there is none, adds one, unless another transaction does.</summary>
    private async Task<byte[]> LoadOrAddKeyAsync(MessagingDbContext context, Guid conversationId, CancellationToken cancellationToken)
    {
        if (await ExecuteAsync(new ReadStatement(LoadKey, Parameter.Of(conversationId))) is { } stored)
            return stored;

        await ExecuteAsync(new ReadStatement(AddKey, Parameter.Of(conversationId), Parameter.Of(encryption.CreateKey(conversationId))));

        return await ExecuteAsync(new ReadStatement(LoadKey, Parameter.Of(conversationId)))
            ?? throw UnreadableMessageException.OfKey(new ConversationId(conversationId));

        async Task<byte[]?> ExecuteAsync(ReadStatement statement)
        {
            await using var command = statement.CreateCommand((NpgsqlConnection)context.Database.GetDbConnection());
            command.CommandTimeout = StatementTimeout.Within(context.RemainingTime, command.CommandTimeout);

            return await command.ExecuteScalarAsync(cancellationToken) as byte[];
        }
    }
}
