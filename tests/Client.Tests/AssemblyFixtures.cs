using CleanMessaging.Tests.Support;

[assembly: AssemblyFixture(typeof(TestPostgres))]
