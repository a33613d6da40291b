using CleanMessaging.Web.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Stage))]

// Two parallel tests are enough for two cores. Tests that measure time or start a process run with no other test.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 2)]
