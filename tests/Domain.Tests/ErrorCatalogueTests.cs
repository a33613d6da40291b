using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Domain.Tests;

public sealed class ErrorCatalogueTests
{
    private static readonly IReadOnlyList<Type> _catalogues =
        [.. typeof(DomainError).Assembly.GetTypes().Where(type => type.Name.EndsWith("Errors", StringComparison.Ordinal))];

    internal static readonly IReadOnlyList<DomainError> Errors = [.. _catalogues.SelectMany(ErrorsOf)];

    [Fact]
    public void Catalogues_Always_HaveErrorsEach()
    {
        _catalogues.Count.ShouldBe(10);
        _catalogues.ShouldAllBe(catalogue => ErrorsOf(catalogue).Any());
    }

    [Fact]
    public void Codes_Always_AreWellFormedAndUnique()
    {
        var codes = Errors.Select(error => error.Code).ToList();

        codes.ShouldNotBeEmpty();
        codes.ShouldAllBe(code => Regex.IsMatch(code, "^[a-z_]+\\.[a-z_]+$"));
        codes.ShouldBeUnique();
    }

    /// <summary>
    /// The code of an error names the aggregate of its catalogue. Published codes never change, so the catalogue of sessions keeps
    /// <c>auth</c>, and three codes keep <c>payment</c>.
    /// </summary>
    [Fact]
    public void Codes_Always_NameTheAggregateOfTheirCatalogue()
    {
        string[] published = ["payment.consent_required", "payment.invalid_max_points", "payment.invalid_points_cost"];
        var foreign =
            from catalogue in _catalogues
            let aggregate = catalogue == typeof(SessionErrors) ? "auth" : catalogue.Name[..^"Errors".Length].ToLowerInvariant()
            from error in ErrorsOf(catalogue)
            where !error.Code.StartsWith($"{aggregate}.", StringComparison.Ordinal)
            orderby error.Code
            select error.Code;

        foreign.ShouldBe(published);
    }

    /// <summary>
    /// A code is written once, in a catalogue: a class whose name ends with Errors, or <c>ApiProblem</c> for what can happen to any
    /// request. <c>RequestPipeline</c> logs a code.
    /// </summary>
    [Fact]
    public void Codes_Always_AreWrittenInACatalogue()
    {
        var areas = string.Join('|', Errors.Select(error => error.Code.Split('.')[0]).Distinct())
            + "|page|validation|request|route|rate_limit|server|storage|origin";
        var places =
            from file in Repository.Files("*.cs")
            where Regex.IsMatch(file, "^src/(Domain|Application|Infrastructure|WebApi)/")
            where Regex.IsMatch(Repository.Read(file), $"\"({areas})\\.[a-z_]+\"")
            select Path.GetFileNameWithoutExtension(file);

        places.Where(file => !file.EndsWith("Errors", StringComparison.Ordinal))
            .ShouldBe(["ApiProblem", "RequestPipeline"], ignoreOrder: true);
    }

    /// <summary>
    /// Error codes are part of the public contract: clients branch on them, and the kind determines the HTTP status. A change here breaks
    /// clients.
    /// </summary>
    [Fact]
    public void Codes_Always_AreThePublishedOnesWithTheirKinds() =>
        Errors.Select(error => $"{error.Code} {error.Kind}").ShouldBe(
            [
                "attachment.already_sent Conflict",
                "attachment.client_id_reused Mismatch",
                "attachment.content_mismatch Unprocessable",
                "attachment.empty Invalid",
                "attachment.image_too_large Unprocessable",
                "attachment.in_use Conflict",
                "attachment.incomplete Conflict",
                "attachment.infected Unprocessable",
                "attachment.invalid_conversation Invalid",
                "attachment.invalid_description Invalid",
                "attachment.invalid_name Invalid",
                "attachment.invalid_storage_limit Invalid",
                "attachment.invalid_voice Invalid",
                "attachment.not_avatar Invalid",
                "attachment.not_found NotFound",
                "attachment.not_ready Conflict",
                "attachment.offset_mismatch Conflict",
                "attachment.storage_full Conflict",
                "attachment.too_large TooLarge",
                "attachment.too_many_parts Conflict",
                "attachment.too_many_uploads Conflict",
                "attachment.too_many_uploads_today Conflict",
                "attachment.type_refused Invalid",
                "auth.invalid_credentials Unauthenticated",
                "auth.invalid_refresh_token Unauthenticated",
                "auth.no_password Conflict",
                "auth.wrong_password Forbidden",
                "conversation.invalid_expiration Invalid",
                "conversation.invalid_sequence Invalid",
                "conversation.mute_in_the_past Invalid",
                "conversation.not_found NotFound",
                "conversation.price_changed Conflict",
                "conversation.recipient_unavailable Conflict",
                "conversation.role_pair_not_allowed Forbidden",
                "conversation.too_many_hidden Conflict",
                "conversation.too_many_pinned Conflict",
                "conversation.with_self Invalid",
                "message.attachment_repeated Invalid",
                "message.client_id_reused Mismatch",
                "message.delete_window_over Conflict",
                "message.edit_conflict Conflict",
                "message.edit_window_over Conflict",
                "message.empty Invalid",
                "message.expiration_ambiguous Invalid",
                "message.expiration_only_earlier Conflict",
                "message.history_hidden Forbidden",
                "message.invalid_cursor Invalid",
                "message.invalid_earlier_expiration Invalid",
                "message.invalid_expiration Invalid",
                "message.invalid_text Invalid",
                "message.invalid_version Invalid",
                "message.not_found NotFound",
                "message.not_playable Invalid",
                "message.not_yours Forbidden",
                "message.reply_out_of_range Invalid",
                "message.too_long Invalid",
                "message.too_many_attachments Invalid",
                "message.too_many_edits Conflict",
                "message.voice_alone Invalid",
                "payment.consent_required PaymentRequired",
                "payment.invalid_max_points Invalid",
                "payment.invalid_points_cost Invalid",
                "quota.out_of_range Invalid",
                "reaction.invalid_emoji Invalid",
                "reaction.not_allowed Invalid",
                "retention.invalid_reason Invalid",
                "retention.out_of_range Invalid",
                "retention.too_recent Invalid",
                "search.invalid_range Invalid",
                "search.invalid_text Invalid",
                "search.query_too_long Invalid",
                "search.query_too_short Invalid",
                "user.common_password Invalid",
                "user.deactivating_self Invalid",
                "user.email_taken Conflict",
                "user.invalid_display_name Invalid",
                "user.invalid_email Invalid",
                "user.invalid_password Invalid",
                "user.invalid_role Invalid",
                "user.invalid_search Invalid",
                "user.not_found NotFound",
                "wallet.already_reversed Conflict",
                "wallet.balance_too_large Conflict",
                "wallet.idempotency_key_reused Mismatch",
                "wallet.insufficient_balance PaymentRequired",
                "wallet.invalid_amount Invalid",
                "wallet.invalid_idempotency_key Invalid",
                "wallet.invalid_reason Invalid",
                "wallet.not_found NotFound",
                "wallet.not_reversible Conflict",
                "wallet.reversal_exceeds_balance Conflict",
                "wallet.transaction_not_found NotFound",
            ],
            ignoreOrder: true);

    /// <summary>Returns every error of a catalogue: its fields, and the results of its methods with arbitrary arguments.</summary>
    private static IEnumerable<DomainError> ErrorsOf(Type catalogue)
    {
        const BindingFlags statics = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly;

        var fields = catalogue
            .GetFields(statics)
            .Where(field => field.FieldType == typeof(DomainError))
            .Select(field => field.GetValue(null));
        var made = catalogue.GetMethods(statics)
            .Where(method => method.ReturnType == typeof(DomainError))
            .Select(method => method.Invoke(null, [.. method.GetParameters().Select(parameter => AnyValueOf(parameter.ParameterType))]));

        return fields.Concat(made).Select(error => error.ShouldBeOfType<DomainError>());
    }

    private static object? AnyValueOf(Type type) => type switch
    {
        _ when type == typeof(string) => "",
        _ when Nullable.GetUnderlyingType(type) is null => RuntimeHelpers.GetUninitializedObject(type),
        _ => null,
    };
}
