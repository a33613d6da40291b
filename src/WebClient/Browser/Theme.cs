using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// Manages the dark or light theme: the user's choice or the system's. <c>js/theme.js</c> applies the choice at the next load.
/// </summary>
internal static class Theme
{
    private const string Name = "theme";

    /// <summary><c>light</c> or <c>dark</c>; null for the system's.</summary>
    public static string? Chosen
    {
        get => LocalStorage.Read(Name);
        set
        {
            BrowserModule.ChooseTheme(value);
            try
            {
                if (value is null)
                    LocalStorage.Erase(Name);
                else
                    LocalStorage.Write(Name, value);
            }
            catch (JSException)
            {
                // The storage is full: the choice applies until the page is closed or reloaded.
            }
        }
    }
}
