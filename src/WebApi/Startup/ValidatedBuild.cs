using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

internal static partial class ValidatedBuild
{
    /// <summary>Builds the application and validates all options before any service starts.</summary>
    /// <exception cref="StartRejectedException">The configuration is invalid; the message lists all errors.</exception>
    public static WebApplication BuildValidated(this WebApplicationBuilder builder)
    {
        try
        {
            // The web server reads its limits from the options while it is built.
            var app = builder.Build();
            app.Services.GetRequiredService<IStartupValidator>().Validate();

            return app;
        }
        catch (Exception exception) when (ReasonsOf(exception) is { Count: > 0 } reasons)
        {
            throw new StartRejectedException(string.Join(' ', reasons));
        }
    }

    /// <summary>Returns the configuration errors of an exception; empty if it has another cause.</summary>
    private static IReadOnlyList<string> ReasonsOf(Exception exception) => exception switch
    {
        OptionsValidationException invalid => [.. invalid.Failures.Select(failure => Preamble().Replace(failure, "$1"))],
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } mistyped => [mistyped.Message],
        AggregateException several when several.InnerExceptions.All(inner => ReasonsOf(inner).Count > 0) =>
            [.. several.InnerExceptions.SelectMany(ReasonsOf)],
        _ => [],
    };

    /// <summary>Matches the framework's text around a validation error.</summary>
    [GeneratedRegex("^DataAnnotation validation failed for .+ with the error: '(.+)'\\.$")]
    private static partial Regex Preamble();
}
