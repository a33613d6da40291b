using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.WebApi.Startup;

if (!IcuCheck.Passes())
    return 1;

ServerCulture.UseInvariant();
using var interruption = new StartInterruption();
try
{
    var builder = WebApplication.CreateBuilder(args);
    await using var developmentDatabase = await DevelopmentDefaults.ApplyAsync(builder, interruption.Token);
    builder.AddMessaging();

    await using var app = builder.BuildValidated();
    if (AttachmentReconciliation.IsRequested(args))
    {
        await AttachmentReconciliation.RunAsync(app.Services, args, Console.Out, interruption.Token);

        return 0;
    }

    app.WarnOfUnverifiedLinks();
    await app.Services.DecryptKeysAsync(interruption.Token);
    if (EncryptionCommands.AreRequested(args))
    {
        await EncryptionCommands.RunAsync(app.Services, args, Console.Out, interruption.Token);

        return 0;
    }

    app.UseMessaging();
    await app.PrepareAsync(interruption.Token);
    app.PrintStartupBannerInDevelopment();
    await app.StartServingAsync(interruption.Token);
    await app.WaitForShutdownAsync();

    return 0;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return 1;
}
catch (Exception failure) when (StartFailure.Explain(failure) is { } explanation)
{
    // The operator has to change something outside the program. A stack trace would only hide the message.
    await Console.Error.WriteLineAsync($"CleanMessaging does not start. {explanation}");

    return 1;
}
