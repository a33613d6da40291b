using CleanMessaging.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(FaultPostgres))]

// Each test has its own servers and mostly waits for them. Tests that stop the shared PostgreSQL, or measure times, run with no other test.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 2)]
