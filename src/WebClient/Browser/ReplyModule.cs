using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/reply.js</c>: the key and the swipe that begin a reply.</summary>
internal static partial class ReplyModule
{
    private const string Module = "reply";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/reply.js");

    /// <summary>Requests a reply after the key R on a focused row, or a swipe to the right on a touch screen.</summary>
    /// <param name="onReply">The key of the message.</param>
    [JSImport("watchReplies", Module)]
    public static partial void Watch(string logId, [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onReply);
}
