using CleanMessaging.Client;
using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.Media;

/// <summary>Describes the state of a file of the draft.</summary>
internal static class TrayFileText
{
    public static string StateOf(TrayFile file) => file switch
    {
        { IsVoice: true, Rejection.Code: "attachment.content_mismatch" } =>
            "The server cannot read this recording. Discard it, and record it again.",
        { Rejection: { } rejection } => Explanation.Of(rejection),
        { HasExpired: true } => $"The server deleted this {WordOf(file)}, because it was not sent within a day. {AgainOf(file)}",
        { IsUnreadable: true } => "This file can no longer be read. Add it again.",
        { HasStopped: true } => $"The upload has stopped. Upload the {WordOf(file)} again.",
        { Ready: not null, IsVoice: true } => "Ready to be sent",
        { Ready: not null } => $"{FormOf(file)}{FileSize.Of(file.Wanted.Bytes)}",
        { IsStarted: false } => "Waiting to be uploaded",
        { IsInterrupted: true } => "Waiting to continue",
        { IsBeingScanned: true } => "Checking…",
        _ => $"{FileSize.Of(file.Sent)} of {FileSize.Of(file.Wanted.Bytes)}",
    };

    private static string WordOf(TrayFile file) => file.IsVoice ? "recording" : "file";

    private static string AgainOf(TrayFile file) => file switch
    {
        { CanUpload: true } => "Upload it again.",
        { IsVoice: true } => "Record it again.",
        _ => "Add it again.",
    };

    private static string FormOf(TrayFile file) => file switch
    {
        { IsPicture: true, Wanted.Kind: AttachmentKind.File } => "As a file, ",
        { Wanted.Description: not null } => "With a description, ",
        _ => "",
    };
}
