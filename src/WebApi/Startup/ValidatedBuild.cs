using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

internal static partial class ValidatedBuild
{
    /// <summary>Builds the application, and looks at all options at once, before anything is touched.</summary>
    /// <exception cref="StartRejectedException">The configuration does not hold; everything that is wrong with it.</exception>
    public static WebApplication BuildValidated(this WebApplicationBuilder builder)
    {
        try
        {
            // The web server takes its limits from the options while it is being built.
            var app = builder.Build();
            app.Services.GetRequiredService<IStartupValidator>().Validate();

            return app;
        }
        catch (Exception exception) when (ReasonsOf(exception) is { Count: > 0 } reasons)
        {
            throw new StartRejectedException(string.Join(' ', reasons));
        }
    }

    /// <summary>What is wrong with the configuration, if that is what the exception is about.</summary>
    private static IReadOnlyList<string> ReasonsOf(Exception exception) => exception switch
    {
        OptionsValidationException invalid => [.. invalid.Failures.Select(failure => Preamble().Replace(failure, "$1"))],
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } mistyped => [mistyped.Message],
        AggregateException several when several.InnerExceptions.All(inner => ReasonsOf(inner).Count > 0) => [.. several.InnerExceptions.SelectMany(ReasonsOf)],
        _ => [],
    };

    /// <summary>The validator's words around what is wrong.</summary>
    [GeneratedRegex("^DataAnnotation validation failed for .+ with the error: '(.+)'\\.$")]
    private static partial Regex Preamble();
}
