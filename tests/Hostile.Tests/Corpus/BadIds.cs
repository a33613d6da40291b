namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>An id in all non-canonical formats.</summary>
internal static class BadIds
{
    private const string Id = "019ab0de-1111-7000-8000-00000000000a";

    public static IReadOnlyList<string> All { get; } =
    [
        "",
        " ",
        "x",
        Id.ToUpperInvariant(),
        "019AB0DE-1111-7000-8000-00000000000a",
        $"{{{Id}}}",
        $"({Id})",
        Id.Replace("-", "", StringComparison.Ordinal),
        $" {Id}",
        $"{Id} ",
        $"\t{Id}",
        $"{Id}0",
        Id[..^1],
        "00000000-0000-0000-0000-000000000000",
        $"urn:uuid:{Id}",
        $"{Id}\0",
        $"{Id},{Id}",
        "019ab0de-1111-7000-8000-00000000000g",
        "019ab0de-1111-7000-8000_00000000000a",
        "{0x019ab0de,0x1111,0x7000,{0x80,0x00,0x00,0x00,0x00,0x00,0x00,0x0a}}",
        "٠19ab0de-1111-7000-8000-00000000000a",
        "019ab0de-1111-7000-8000-0000000000+a",
    ];
}
