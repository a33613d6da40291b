namespace CleanMessaging.Api.Tests;

/// <summary>Test collection that runs with no other test in the same process.</summary>
[CollectionDefinition(nameof(NotParallel), DisableParallelization = true)]
public static class NotParallel;
