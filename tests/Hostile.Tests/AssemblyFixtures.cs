using CleanMessaging.Hostile.Tests;
using CleanMessaging.Tests.Support;

[assembly: AssemblyFixture(typeof(TestPostgres))]
[assembly: TestCollectionOrderer(typeof(LongestTestsFirst))]
