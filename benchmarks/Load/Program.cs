using CleanMessaging.Benchmarks.Load;

var folder = args[0];
var plan = Plan.Read(args[1..]);
(string Name, string Assembly)[] candidates =
[
    ("reference", Path.Combine(folder, "reference", "CleanMessaging.Benchmarks.Reference.dll")),
    ("product", Path.Combine(folder, "product", "CleanMessaging.WebApi.dll")),
];
await using var scene = await Scene.SetAsync();
await Sends.RunAsync(scene, candidates, plan);
