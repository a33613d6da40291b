using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>What a user does with files.</summary>
internal static class FileSteps
{
    /// <summary>The files that are added to the message.</summary>
    public static ILocator Tray(this Visitor visitor) =>
        visitor.Page.GetByRole(AriaRole.List, new() { Name = "Files of this message" }).GetByRole(AriaRole.Listitem);

    /// <summary>The row of an added file.</summary>
    public static ILocator Added(this Visitor visitor, string name) => visitor.Tray().Filter(new() { HasText = name });

    /// <summary>Adds files as the browser's dialog does.</summary>
    public static Task AddFilesAsync(this Visitor visitor, params (string Name, string Type, byte[] Bytes)[] files) =>
        visitor.Page.Locator("#composer-files").SetInputFilesAsync(
            files.Select(file => new FilePayload { Name = file.Name, MimeType = file.Type, Buffer = file.Bytes }));

    /// <summary>Adds a picture, and waits until it is uploaded.</summary>
    public static async Task AddPictureAsync(this Visitor visitor, string name, int width = 640, int height = 480)
    {
        await visitor.AddFilesAsync((name, "image/png", TestPicture.Png(width, height)));
        await visitor.ShouldBeReadyAsync(name);
    }

    /// <summary>Waits until an added file is uploaded: its size is shown, and no progress.</summary>
    public static async Task ShouldBeReadyAsync(this Visitor visitor, string name)
    {
        await Expect(visitor.Added(name).GetByRole(AriaRole.Progressbar)).ToHaveCountAsync(0);
        await Expect(visitor.Added(name).Locator(".tray-state")).ToHaveTextAsync(new Regex("^[^0-9]*[0-9.]+ (bytes|[kMG]B)$"));
        await Expect(visitor.Added(name)).Not.ToHaveClassAsync(new Regex(@"\bfailed\b"));
    }

    /// <summary>The pictures of the messages that are shown.</summary>
    public static ILocator Picture(this Visitor visitor, string name) =>
        visitor.Log.GetByRole(AriaRole.Button, new() { Name = $"Picture: {name}", Exact = true });

    /// <summary>Waits until a picture is loaded, in place of its blurred form.</summary>
    public static Task ShouldBeLoadedAsync(this Visitor visitor, string name) =>
        Expect(visitor.Picture(name).Locator("image[href^='blob:']")).ToHaveCountAsync(1);

    /// <summary>Waits until the dialog of a picture has loaded it. A deletion before would be an error of the request.</summary>
    public static async Task ShouldShowAsync(this Visitor visitor, string name) =>
        await Expect(visitor.Dialog(name).Locator(".large-picture img:only-child[src*='/media/']")).ToHaveCountAsync(1);

    /// <summary>Opens the dialog with all pictures and files of the conversation.</summary>
    public static async Task OpenGalleryAsync(this Visitor visitor)
    {
        await visitor.Button("Conversation actions").ClickAsync();
        await visitor.Button("Pictures and files…").ClickAsync();
    }

    /// <summary>Gives files to the page in an event, as a drop or a paste does.</summary>
    /// <param name="selector">The element that gets the event.</param>
    /// <param name="kind"><c>drop</c> or <c>paste</c>.</param>
    public static Task GiveFilesAsync(this Visitor visitor, string selector, string kind, string name, string type, byte[] bytes) =>
        visitor.Page.EvaluateAsync(
            """
            ([selector, kind, name, type, base64]) => {
                const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], name, { type }));
                const options = { bubbles: true, cancelable: true };
                const event = kind === 'paste' ? new ClipboardEvent('paste', { ...options, clipboardData: data }) : new DragEvent('drop', { ...options, dataTransfer: data });
                document.querySelector(selector).dispatchEvent(event);
            }
            """,
            new[] { selector, kind, name, type, Convert.ToBase64String(bytes) });
}
