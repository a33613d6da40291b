using CleanMessaging.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(FaultPostgres))]

// Tests run one at a time, because they share one PostgreSQL that has faults and because they measure latencies.
[assembly: Parallelization(Mode = ParallelMode.None)]
