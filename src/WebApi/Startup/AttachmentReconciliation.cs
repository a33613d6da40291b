using System.Globalization;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Postgres;
using Npgsql;

namespace CleanMessaging.WebApi.Startup;

/// <summary>
/// The command <c>reconcile-attachments [--delete]</c> of the program, for use after the database was restored from a backup. It prints the
/// ids of the objects in the storage that no row describes, and deletes them if asked to.
/// </summary>
internal static class AttachmentReconciliation
{
    private const string Command = "reconcile-attachments";
    private const string Delete = "--delete";

    /// <summary>Whether the arguments of the program ask for the command.</summary>
    public static bool IsRequested(string[] arguments) => arguments.Contains(Command);

    /// <exception cref="StartRejectedException">There is no storage, it fails, or the database is not that of the storage.</exception>
    public static async Task RunAsync(IServiceProvider services, string[] arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var reconciliation = services.GetRequiredService<ObjectReconciliation>();
        if (!reconciliation.IsAvailable)
            throw new StartRejectedException("No storage of attachments is configured.");

        try
        {
            await RunAsync(reconciliation, arguments.Contains(Delete), output, cancellationToken);
        }
        catch (AttachmentUnavailableException exception)
        {
            throw new StartRejectedException(exception.Message);
        }
        catch (NpgsqlException exception)
        {
            throw new StartRejectedException(
                $"The database of ConnectionStrings:{DatabaseConnections.MessagingName} cannot be used. {exception.Message}");
        }
    }

    private static async Task RunAsync(
        ObjectReconciliation reconciliation, bool deletes, TextWriter output, CancellationToken cancellationToken)
    {
        var unknown = new List<Guid>();
        var count = 0L;
        await foreach (var (objectId, hasRow) in reconciliation.CompareAsync(cancellationToken))
        {
            count++;
            if (hasRow)
                continue;

            unknown.Add(objectId);
            await output.WriteLineAsync(objectId.ToString("N"));
        }

        await output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{count} objects, {unknown.Count} without a row in the database."));
        if (!deletes || unknown.Count == 0)
            return;

        if (unknown.Count == count)
        {
            throw new StartRejectedException(
                "Nothing was deleted, because the database describes none of the objects. Is it the database of this storage?");
        }

        foreach (var objectId in unknown)
            await reconciliation.DeleteAsync(objectId, cancellationToken);

        await output.WriteLineAsync("They were deleted.");
    }
}
