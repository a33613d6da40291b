namespace CleanMessaging.Api.Tests;

/// <summary>Tests beside which no others run in this process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public static class Alone;
