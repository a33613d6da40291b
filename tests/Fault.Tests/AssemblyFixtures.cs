using CleanMessaging.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(FaultPostgres))]

// A fault hits the one PostgreSQL, and latencies are measured: one test at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
