namespace CleanMessaging.WebClient.Shell;

/// <summary>Formats a number for a badge with at most two digits.</summary>
internal static class BadgeText
{
    private const int Max = 99;

    /// <summary>7, or 99+</summary>
    public static string Of(int count) => count > Max ? $"{Max}+" : $"{count}";

    /// <summary>The text for screen readers: 7, or more than 99.</summary>
    public static string Spoken(int count) => count > Max ? $"more than {Max}" : $"{count}";
}
