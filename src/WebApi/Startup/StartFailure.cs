using System.Net.Sockets;
using System.Security.Cryptography;
using CleanMessaging.Infrastructure.Encryption.Kms;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Separates start failures that an operator can fix from bugs, for which the stack trace is printed.</summary>
internal static class StartFailure
{
    private static readonly string[] _readersOfSettings =
    [
        "Microsoft.Extensions.Configuration.Binder",
        "Microsoft.Extensions.Logging.Configuration",
        "Microsoft.AspNetCore.Server.Kestrel.Core",
    ];

    /// <summary>Returns one line that explains why the server does not start; null for a bug.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        StartRejectedException or KmsException => exception.Message,
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Choose another address with --urls http://localhost:PORT",
        OptionsValidationException invalid => string.Join(' ', invalid.Failures),
        IOException or InvalidDataException or UnauthorizedAccessException or SocketException or FormatException or CryptographicException
            => WithCauses(exception),
        InvalidOperationException { Source: { } source } when _readersOfSettings.Contains(source) => WithCauses(exception),
        _ => null,
    };

    /// <summary>Returns the messages of an exception and its inner exceptions on one line, without duplicates.</summary>
    private static string WithCauses(Exception exception)
    {
        var messages = new List<string>();
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            var message = cause.Message.ReplaceLineEndings(" ").Trim();
            if (!messages.Exists(known => known.Contains(message, StringComparison.Ordinal)))
                messages.Add(message);
        }

        return string.Join(' ', messages);
    }
}
