using CleanMessaging.Web.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Stage))]

// Two browsers at a time are enough for two cores, and how soon something appears is measured.
[assembly: Parallelization(Mode = ParallelMode.None)]
