using CleanMessaging.Web.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Stage))]

// Two tests at a time are enough for two cores. What measures a time, or starts a process of its own, runs alone.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 2)]
