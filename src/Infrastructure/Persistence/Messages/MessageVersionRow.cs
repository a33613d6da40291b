using System.Linq.Expressions;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>Reads a text that a message has had.</summary>
internal static class MessageVersionRow
{
    private static readonly SelectList _columns = new();
    private static readonly int _conversationId = Add(message => message.ConversationId);
    private static readonly int _messageId = Add(message => message.Id);
    private static readonly int _sequence = Add(message => message.Sequence);
    private static readonly int _senderId = Add(message => message.SenderId);
    private static readonly int _number = _columns.Add("number");
    private static readonly int _content = _columns.Add("content");
    private static readonly int _isEncrypted = _columns.Add("is_encrypted");
    private static readonly int _writtenAt = _columns.Add("written_at");

    /// <summary>The statement that reads all texts of a message that a viewer sees at an instant.</summary>
    public static string OfMessage { get; } = $"SELECT {_columns} FROM texts_of_message($1, $2, $3)";

    /// <returns>The version, whose content is null if it cannot be decrypted.</returns>
    public static MessageVersionResponse Read(NpgsqlDataReader row, MessageTexts texts)
    {
        var place = new TextPlace(
            new ConversationId(row.GetGuid(_conversationId)),
            new MessageId(row.GetGuid(_messageId)),
            row.GetInt64(_sequence),
            new UserId(row.GetGuid(_senderId)),
            row.GetInt32(_number));

        return new MessageVersionResponse(
            place.Version,
            texts.Read(place, row.GetString(_content), row.GetBoolean(_isEncrypted)),
            row.GetDateTime(_writtenAt));
    }

    private static int Add<TValue>(Expression<Func<Message, TValue>> property) =>
        _columns.Add("(message)", MessageConfiguration.Columns, property);
}
