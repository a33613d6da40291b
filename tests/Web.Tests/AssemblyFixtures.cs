using CleanMessaging.Web.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Stage))]

// Three on two cores: a test waits for a third of its time, for the server, timers of the page and the browser. Tests that
// measure time or start a process run with no other test.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 3)]
