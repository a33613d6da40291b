namespace CleanMessaging.WebClient.Shell;

/// <summary>A number on a badge, which fits two digits.</summary>
internal static class BadgeText
{
    private const int Max = 99;

    /// <summary>7, or 99+</summary>
    public static string Of(int count) => count > Max ? $"{Max}+" : $"{count}";

    /// <summary>The same read out: 7, or more than 99.</summary>
    public static string Spoken(int count) => count > Max ? $"more than {Max}" : $"{count}";
}
