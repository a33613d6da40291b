using CleanMessaging.Client;
using CleanMessaging.WebClient.Attachments;

namespace CleanMessaging.WebClient.Errors;

/// <summary>
/// Provides the user texts for errors, by error code. For an unknown code, it returns the server's text.
/// </summary>
internal static class Explanation
{
    public static string Of(MessagingException rejection) => rejection switch
    {
        InvalidRequestException { Errors: { Count: > 0 } errors } =>
            string.Join(' ', errors.SelectMany(member => member.Value).Select(Of).Distinct()),
        ConsentRequiredException consent => NeedsConsent(consent.Price),
        InsufficientBalanceException insufficient => NotEnoughPoints(insufficient.Price, insufficient.Balance),
        UploadRejectedException rejected => OfUpload(rejected),
        PriceChangedException changed => $"Starting this conversation costs {Points.Of(changed.Price)}.",
        RateLimitedException limited => $"{OfCode(limited.Code) ?? limited.Message} {Later(limited)}",
        ServerUnavailableException { Code: "server.busy", RetryAfter.TotalSeconds: > 1 } busy => $"The server is busy. {Later(busy)}",
        ServerUnavailableException unavailable => OfCode(unavailable.Code) ?? "The server cannot do this right now. Try again in a moment.",
        _ => OfCode(rejection.Code) ?? rejection.Message,
    };

    /// <summary>Returns that an action was not done, and why.</summary>
    /// <param name="notDone">What is not done, as a sentence without its period.</param>
    /// <param name="hasNetwork">Whether the browser reports a network.</param>
    public static string OfNotDone(string notDone, MessagingException rejection, bool hasNetwork) => IsUnreachable(rejection)
        ? $"{notDone}: {(hasNetwork ? "the server cannot be reached" : "you are offline")}. Try again when you are connected."
        : $"{notDone}. {Of(rejection)}";

    /// <summary>Whether there was no connection to the server.</summary>
    public static bool IsUnreachable(MessagingException rejection) => rejection.Code == "client.unreachable";

    /// <summary>Returns why a message was not sent.</summary>
    public static string Of(SendFailure failure) => failure.Code switch
    {
        "payment.consent_required" when failure.Balance < failure.Price => NotEnoughPoints(failure.Price ?? 0, failure.Balance ?? 0),
        "payment.consent_required" => NeedsConsent(failure.Price ?? 0),
        "wallet.insufficient_balance" => NotEnoughPoints(failure.Price ?? 0, failure.Balance ?? 0),
        _ => OfCode(failure.Code) ?? failure.Message,
    };

    /// <summary>
    /// Returns the text for an error of an avatar upload. The general texts suggest sending the picture as a file, which is not possible
    /// here.
    /// </summary>
    public static string OfAvatar(MessagingException rejection) => rejection.Code switch
    {
        "attachment.type_refused" => "The name of a picture cannot end like the name of a program. Choose another one.",
        "attachment.infected" => "A virus was found in this picture. Choose another one.",
        "attachment.unavailable" => "The server cannot check or store pictures right now. Try again in a moment.",
        "attachment.content_mismatch" => "This picture is damaged, or it is not a JPEG, PNG, WebP or GIF. Choose another one.",
        "attachment.image_too_large" => "This picture has too many pixels. Choose a smaller one.",
        "attachment.not_found" => "The picture was uploaded too long ago, or was removed. Choose it again.",
        "attachment.not_ready" => "The picture is not uploaded. Choose it again.",
        "attachment.client_id_reused" or "attachment.incomplete" or "attachment.too_many_parts" or "attachment.offset_mismatch" =>
            "The upload was interrupted. Choose the picture again.",
        "attachment.invalid_name" => "The name of this picture cannot be used. Rename it, and choose it again.",
        _ => Of(rejection),
    };

    /// <summary>Returns the text for an error that the page itself detects, the same as for the server's error.</summary>
    /// <param name="code">A code that has a text in this class.</param>
    public static string OfError(string code) =>
        OfCode(code) ?? throw new ArgumentException($"There is no text for the code {code}.", nameof(code));

    public static string Of(FieldError error) => OfCode(error.Code) ?? error.Message;

    private static string OfUpload(UploadRejectedException rejection) => rejection switch
    {
        { MaxBytes: { } most } => $"This file is too large. A file can have at most {FileSize.Of(most)}.",
        { BytesLimit: { } limit, BytesUsed: { } used } =>
            $"There is not enough space left for this file: you use {FileSize.Of(used)} of {FileSize.Of(limit)}.",
        { Code: "attachment.too_many_uploads_today", Max: { } max } =>
            $"You have started {max:N0} uploads within 24 hours. Try again later.",
        { Extension: { Length: > 0 } extension } => $"Files of the type {extension} cannot be sent, because they can contain programs.",
        _ => OfCode(rejection.Code) ?? rejection.Message,
    };

    private static string NeedsConsent(long price) =>
        $"Your free messages are used up. This one costs {Points.Of(price)}, and you have not agreed to pay.";

    private static string NotEnoughPoints(long price, long balance) => $"This costs {Points.Of(price)}, and you have {Points.Of(balance)}.";

    private static string Later(MessagingException rejection) => rejection.RetryAfter switch
    {
        { TotalSeconds: >= 90 } wait => $"Try again in {Math.Ceiling(wait.TotalMinutes)} minutes.",
        { TotalSeconds: > 1 } wait => $"Try again in {Math.Ceiling(wait.TotalSeconds)} seconds.",
        _ => "Try again in a moment.",
    };

    private static string? OfCode(string code) => code switch
    {
        "auth.invalid_credentials" => "The e-mail address or the password is wrong.",
        "auth.too_many_attempts" => "There were too many attempts with a wrong password.",
        "auth.wrong_password" => "The current password is wrong.",
        "auth.no_password" => "Your account has no password here. You sign in with another provider.",
        "auth.unauthenticated" or "auth.invalid_refresh_token" or "client.signed_out" => "Your session has ended. Sign in again.",
        "auth.forbidden" => "Your role does not allow this.",
        "user.email_taken" => "There is an account with this e-mail address already. Sign in instead.",
        "user.invalid_email" => "Enter an e-mail address, such as name@example.com.",
        "user.invalid_password" => "A password has 8 to 128 characters.",
        "user.common_password" => "This password is one of the most common ones, which are guessed first. Choose another one.",
        "user.invalid_role" => "Choose whether you are an investor or a startup.",
        "user.invalid_search" => "Search for 2 to 100 characters.",
        "user.search_too_slow" => "The search took too long. Try again, or type more characters.",
        "user.not_found" => "There is no such user.",
        "user.deactivating_self" => "You cannot deactivate yourself.",
        "conversation.not_found" => "This conversation does not exist, or you are not in it.",
        "conversation.with_self" => "You cannot talk to yourself.",
        "conversation.recipient_unavailable" =>
            "This person's account is deactivated. They cannot receive messages, and nothing was charged.",
        "conversation.role_pair_not_allowed" => "Investors talk to startups, and startups to investors. You two have the same role.",
        "message.empty" => "This message has no visible text. Write something first.",
        "message.too_many_attachments" => "A message has at most 10 files.",
        "message.attachment_repeated" => "This message has the same file twice. Discard it and write it again.",
        "message.voice_alone" => "A voice message cannot be sent with other files.",
        "attachment.not_found" => "This file is no longer available.",
        "attachment.not_ready" => "A file of this message is not uploaded. Discard the message, and add the file again.",
        "attachment.already_sent" => "A file of this message was sent with another one. Discard the message, and add the file again.",
        "attachment.client_id_reused" or "attachment.incomplete" or "attachment.too_many_parts" or "attachment.offset_mismatch" =>
            "The upload was interrupted. Remove the file, and add it again.",
        "attachment.not_avatar" => "This picture cannot be used. Choose it again.",
        "attachment.in_use" => "This is your current picture. Replace or remove it on the account page.",
        "attachment.invalid_name" => "The name of this file cannot be used. Rename the file, and add it again.",
        "attachment.invalid_description" => "A description has at most 500 characters.",
        "attachment.invalid_voice" => "This recording is too short or too long.",
        "attachment.empty" => "This file is empty.",
        "attachment.too_large" => "This file is too large.",
        "attachment.type_refused" => "Files of this type cannot be sent, because they can contain programs.",
        "attachment.storage_full" => "There is not enough space left for this file.",
        "attachment.too_many_uploads" =>
            "You are uploading too many files. Wait until some are uploaded, or remove some. Unfinished uploads are removed after a day.",
        "attachment.too_many_uploads_today" => "You have started too many uploads within 24 hours. Try again later.",
        "attachment.content_mismatch" => "This file is damaged, or it is not what its name says. You can send it as a file.",
        "attachment.image_too_large" => "This picture is too large, or takes too long to process. You can send it as a file.",
        "attachment.infected" => "A virus was found in this file, so it cannot be sent.",
        "attachment.unavailable" => "The server cannot check or store files right now. Try again in a moment.",
        "feature.disabled" => "This server does not accept files.",
        "message.too_long" => "A message has at most 5,000 characters.",
        "message.invalid_text" => "This message has characters that cannot be sent.",
        "message.invalid_expiration" or "message.invalid_earlier_expiration" => "A message disappears after 1 to 8,760 hours.",
        "message.expiration_only_earlier" => "This message disappears by then already. It can only disappear sooner.",
        "conversation.invalid_expiration" => "Messages disappear after 1 to 8,760 hours, or never.",
        "message.client_id_reused" => "Another message was sent with the same id. Discard this message and write it again.",
        "message.not_found" => "This message no longer exists.",
        "message.not_playable" => "This message is not a voice message.",
        "message.not_yours" => "Only the sender can change or delete a message.",
        "message.edit_conflict" => "The message was edited somewhere else in the meantime.",
        "message.edit_window_over" => "It is too late to edit this message.",
        "message.too_many_edits" => "This message was edited too often.",
        "message.reply_out_of_range" => "The message that you reply to does not exist. Cancel the reply and send your message again.",
        "message.history_hidden" => "This server does not show earlier texts of messages.",
        "conversation.too_many_hidden" => "You have hidden 5,000 messages of this conversation. Clear the conversation instead.",
        "conversation.mute_in_the_past" => "Choose a time in the future.",
        "conversation.too_many_pinned" => "You can pin 10 conversations. Unpin another one first.",
        "message.delete_window_over" => "It is too late to delete this message for everyone.",
        "reaction.invalid_emoji" => "A reaction is exactly one emoji.",
        "reaction.not_allowed" => "This server does not allow this emoji as a reaction.",
        "search.query_too_short" => "Type more: three characters, or the first two of a word.",
        "search.query_too_long" => "Search for at most 200 characters and 8 words.",
        "search.invalid_text" => "This text has characters that cannot be searched for.",
        "search.invalid_range" => "The first day is after the last one.",
        "quota.out_of_range" => "Enter 0 to 1,000,000.",
        "wallet.not_found" => "This user has no wallet.",
        "wallet.transaction_not_found" => "There is no transaction with this id.",
        "wallet.invalid_amount" => "Enter 1 to 1,000,000,000,000 points.",
        "wallet.invalid_reason" => "Enter a reason of 1 to 500 characters.",
        "retention.invalid_reason" => "Enter a reason of 1 to 500 characters.",
        "retention.out_of_range" => "A purge erases 1 to 5,000 messages at a time.",
        "retention.too_recent" => "The server keeps the contents of expired messages for some time. Choose an earlier day.",
        "wallet.idempotency_key_reused" => "This credit was already made with another amount or reason.",
        "wallet.balance_too_large" => "The wallet cannot hold so many points.",
        "wallet.already_reversed" => "This transaction was already reversed.",
        "wallet.not_reversible" => "A reversal cannot be reversed.",
        "wallet.reversal_exceeds_balance" => "The points cannot be taken back, because the user has already spent them.",
        "page.invalid_cursor" => "The rest of this list could not be loaded. Reload the page.",
        "route.not_found" or "route.method_not_allowed" or "malformed" =>
            "This page does not match the version of the server. Reload the page.",
        "request.timeout" => "The request took too long to reach the server. Try again.",
        "request.too_large" => "The request is too large. Shorten the text and try again.",
        "rate_limit.exceeded" => "You have sent too many requests.",
        "rate_limit.concurrency" => "Too many requests are running at the same time.",
        "rate_limit.connections" => "You have too many windows open. Close some of them.",
        "server.busy" => "The server is busy. Try again in a moment.",
        "server.draining" => "The server is about to restart. Try again in a moment.",
        "storage.unavailable" => "The server could not reach its database. Nothing was changed; try again in a moment.",
        "storage.outcome_unknown" => "The server does not know whether this took effect. Check the result before you try again.",
        "internal_error" => "Something went wrong on the server.",
        "client.unreachable" => "The server could not be reached. Check your connection.",
        _ => null,
    };
}
