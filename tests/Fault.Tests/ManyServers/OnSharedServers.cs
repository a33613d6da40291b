namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>The collection of the tests that use <see cref="SharedServerPair"/>.</summary>
[CollectionDefinition(nameof(OnSharedServers))]
public sealed class OnSharedServers : ICollectionFixture<SharedServerPair>;
