using CleanMessaging.Imaging;
using NetVips;

if (!args.Contains(Confinement.Argument))
    Confinement.Restart();

ProcessLimits.Apply();

// Only the four loaders of ImageFormat can run, none that a later version of the library brings.
NetVips.NetVips.BlockUntrusted = true;
Operation.Block("VipsForeignLoad", true);
foreach (var loader in (string[])["Jpeg", "Png", "Webp", "Nsgif"])
    Operation.Block($"VipsForeignLoad{loader}", false);

// One thread for each image: the server decides how many images are decoded at a time. Nothing of an image stays in memory.
NetVips.NetVips.Concurrency = 1;
Cache.Max = 0;

using var requests = Console.OpenStandardInput();
using var answers = Console.OpenStandardOutput();
try
{
    RequestLoop.Run(requests, answers);

    return 0;
}
catch (IOException)
{
    // The server has exited in the middle of a request.
    return 1;
}
