using CleanMessaging.Infrastructure.PrivatePostgres;
using CleanMessaging.WebApi.Startup;
using Microsoft.AspNetCore.Connections;

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
    app.UseMessaging();
    await app.PrepareAsync(interruption.Token);
    app.GreetInDevelopment();
    await app.StartAsync(interruption.Token);
    await app.WaitForShutdownAsync();

    return 0;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return 1;
}
catch (Exception refusal) when (refusal is StartRefusedException or PostgresNotFoundException)
{
    // Somebody has to change something outside; a stack trace would only hide what.
    await Console.Error.WriteLineAsync($"CleanMessaging does not start. {refusal.Message}");

    return 1;
}
catch (IOException failure) when (failure.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"CleanMessaging does not start. {failure.Message} Choose another address with --urls http://localhost:PORT");

    return 1;
}
