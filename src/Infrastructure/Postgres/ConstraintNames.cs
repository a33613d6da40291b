namespace CleanMessaging.Infrastructure.Postgres;

/// <summary>The names of the constraints that the code refers to.</summary>
internal static class ConstraintNames
{
    public const string ClientMessageId = "ux_messages_sender_id_client_message_id";
    public const string ClientUploadId = "ux_attachments_uploader_id_client_upload_id";
    public const string ConversationKey = "pk_conversation_keys";
    public const string Email = "ux_users_normalized_email";
    public const string ExternalLogin = "pk_user_logins";
    public const string IdempotencyKey = "ux_wallet_transactions_idempotency_key";
    public const string Pair = "ux_conversations_pair";
    public const string Reversal = "ux_wallet_transactions_reverses_id";
}
