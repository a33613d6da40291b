namespace CleanMessaging.Api.Tests;

/// <summary>Test collection that runs with no other test in the same process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public static class Alone;
