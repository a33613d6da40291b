using CleanMessaging.Client;
using CleanMessaging.WebClient.Shell;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Removes pictures from memory when their message has expired, or was deleted or hidden, also if they are not shown at that moment. It
/// shows nothing.
/// </summary>
public sealed class PictureReleaser : LiveComponent
{
    [Parameter, EditorRequired]
    public ConversationTimeline Timeline { get; set; } = null!;

    protected override bool ShouldRender() => false;

    protected override bool Concerns(SessionChange change) =>
        change is MessageDeleted or MessageExpired or MessageHidden or UnloadedMessagesChanged;

    /// <summary>Pictures that are shown are released when their rows are removed.</summary>
    protected override void BeforeShow() => Me.Pictures.RemoveUnused(Timeline.HasFile);
}
