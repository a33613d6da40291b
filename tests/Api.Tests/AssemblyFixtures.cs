using CleanMessaging.Api.Tests;
using CleanMessaging.Tests.Support;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(TestPostgres))]
[assembly: TestCollectionOrderer(typeof(LongestTestsFirst))]

// Three on two cores: a test waits for a third of its time, for time-outs, processes and the database.
[assembly: Parallelization(MaxThreads = 3)]
