namespace CleanMessaging.Tests.Support;

/// <summary>
/// Selects between the long and the short form of tests. Runs are short unless <c>CLEANMESSAGING_THOROUGH</c> is 1, as it is in
/// <c>.ci/run</c>. The report of a short run names everything that was shortened: tests that only run in the long form are skipped with
/// <see cref="Only"/>, and each project skips one test with the list of its shortened tests.
/// </summary>
public static class Thorough
{
    /// <summary>The reason why a test is skipped that has no short form.</summary>
    public const string Only = "Long; set CLEANMESSAGING_THOROUGH=1 to run it.";

    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("CLEANMESSAGING_THOROUGH") == "1";

    /// <summary>Skips the calling test in a short run, with the names of what the run shortens.</summary>
    public static void SkipUnlessOn(params ReadOnlySpan<TestSize> sizes)
    {
        var names = new List<string>();
        foreach (var size in sizes)
            names.Add(size.ToString());

        Assert.SkipUnless(IsOn, $"Shortened: {string.Join("; ", names)}. Set CLEANMESSAGING_THOROUGH=1 to run all.");
        foreach (var size in sizes)
            size.Value.ShouldBe(size.Full);
    }
}
