using CleanMessaging.Benchmarks.Load;

var folder = args[0];
var plan = Plan.Read(args[1..]);
var product = Path.Combine(folder, "product", "CleanMessaging.WebApi.dll");
var before = Path.Combine(folder, "before", "CleanMessaging.WebApi.dll");
List<(string Name, string Assembly)> candidates =
[
    ("reference", Path.Combine(folder, "reference", "CleanMessaging.Benchmarks.Reference.dll")),
    ("product", product),
];
if (File.Exists(before))
    candidates.Add(("before", before));
if (args.Contains("--encrypted"))
    candidates.Add((Target.Encrypted, product));

await using var scene = await Scene.SetAsync();
if (plan.Wants("ceiling"))
    await Ceiling.RunAsync(scene, Path.Combine(folder, "load", "pgbench"), plan);
await Sends.RunAsync(scene, candidates, plan);
if (plan.Wants("live"))
    await Live.DeliveriesAsync(scene, candidates, plan);
foreach (var perSecond in (int[])[200, 1_000])
{
    if (plan.Wants("live updates"))
        await LiveUpdates.AtRateAsync(scene, candidates, plan, perSecond, marksRead: true);
    if (plan.Wants("unread updates"))
        await LiveUpdates.AtRateAsync(scene, candidates, plan, perSecond, marksRead: false);
}

if (plan.Wants("typing"))
    await TypingLoad.RunAsync(scene, candidates, plan);
if (plan.Wants("joins"))
    await LiveUpdates.JoinsAsync(scene, candidates);
if (plan.Wants("fan-out"))
    await Live.FanOutAsync(scene, candidates, plan);
if (plan.Wants("idle"))
    await Live.IdleAsync(scene, candidates);
if (plan.Wants("start"))
    await Accounts.StartsAsync(scene, candidates, plan);
if (plan.Wants("login"))
    await Accounts.LogInsAsync(scene, product, plan);
if (plan.Wants("transfers"))
    await AttachmentLoad.TransfersAsync(scene, candidates, plan);
if (plan.Wants("images"))
    await AttachmentLoad.ImagesAsync(scene, product, plan);
if (plan.Wants("attachments"))
    await AttachmentLoad.SendsAsync(scene, product, plan);
foreach (var read in ReadLoad.Kinds.Where(plan.Wants))
    await ReadLoad.RunAsync(scene, candidates, plan, read);
if (plan.Wants("search"))
    await SearchLoad.RunAsync(scene, candidates, plan);
if (plan.Wants("reads"))
    await Reads.RunAsync(scene, product, plan);
