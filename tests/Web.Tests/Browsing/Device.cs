namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>The user's device: its screen size and whether it has a touch screen.</summary>
internal sealed record Device(string Name, int Width, int Height, bool IsTouched)
{
    public static readonly Device Desktop = new("desktop", 1280, 800, IsTouched: false);

    public static readonly Device Phone = new("phone", 390, 844, IsTouched: true);

    /// <summary>The smallest width that a page must support (WCAG 1.4.10).</summary>
    public static readonly Device Narrow = new("narrow", 320, 640, IsTouched: true);

    public override string ToString() => Name;
}
