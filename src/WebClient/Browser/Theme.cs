using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Dark or light, as the system is or as the user has chosen; <c>js/theme.js</c> applies the choice to the next load.</summary>
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
                // No room: it holds until the page is left.
            }
        }
    }
}
