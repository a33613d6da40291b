using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Postgres;
using Npgsql;

namespace CleanMessaging.WebApi.Startup;

/// <summary>
/// The commands <c>encrypt-texts</c> and <c>renew-keys</c> of the program, for use after a change of the encryption settings. They print
/// how far they are, and can be stopped and repeated at any time.
/// </summary>
internal static class EncryptionCommands
{
    private const string EncryptTexts = "encrypt-texts";
    private const string RenewKeys = "renew-keys";

    /// <summary>Whether the arguments of the program ask for one of the commands.</summary>
    public static bool AreRequested(string[] arguments) => arguments.Contains(EncryptTexts) || arguments.Contains(RenewKeys);

    /// <exception cref="StartRejectedException">
    /// The settings do not allow the command, the database cannot be used, or something is left.
    /// </exception>
    public static async Task RunAsync(IServiceProvider services, string[] arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var isForTexts = arguments.Contains(EncryptTexts);
        long left;
        try
        {
            left = isForTexts
                ? await EncryptionMaintenance.EncryptTextsAsync(services, done => Report("texts encrypted", done), cancellationToken)
                : await EncryptionMaintenance.RenewKeysAsync(services, done => Report("keys renewed", done), cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new StartRejectedException(exception.Message);
        }
        catch (NpgsqlException exception)
        {
            throw new StartRejectedException(
                $"The database of ConnectionStrings:{DatabaseConnections.MessagingName} cannot be used. {exception.Message}");
        }

        if (left > 0)
        {
            throw new StartRejectedException(
                $"{left} {(isForTexts ? "texts" : "keys")} are left: in use, stored by a server with other settings, or under a key "
                + "that Encryption:Keys does not have. Check the settings of all servers, and run the command again.");
        }

        output.WriteLine("Done.");

        void Report(string what, long done) => output.WriteLine($"{done} {what}");
    }
}
