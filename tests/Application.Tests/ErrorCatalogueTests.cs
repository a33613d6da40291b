using System.Reflection;
using System.Text.RegularExpressions;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Tests;

public sealed class ErrorCatalogueTests
{
    private static readonly IReadOnlyList<(string Catalogue, DomainError Error)> _catalogued =
    [
        .. typeof(ApplicationRegistration).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Errors", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(field => (field.DeclaringType!.Name, field.GetValue(null).ShouldBeOfType<DomainError>())),
    ];

    private static readonly IReadOnlyList<DomainError> _errors = [.. _catalogued.Select(entry => entry.Error)];

    /// <summary>The code of an error names the aggregate of its catalogue. One was published before this rule, and never changes. Another
    /// is the code of every request that is too large.</summary>
    [Fact]
    public void Codes_Always_NameTheAggregateOfTheirCatalogue() =>
        _catalogued
            .Where(entry => !entry.Error.Code.StartsWith($"{AggregateOf(entry.Catalogue)}.", StringComparison.Ordinal))
            .Select(entry => entry.Error.Code)
            .ShouldBe(["message.ids_out_of_range", "request.too_large"], ignoreOrder: true);

    /// <summary>Error codes are part of the public contract: clients branch on them, and the kind determines the HTTP status.</summary>
    [Fact]
    public void Codes_Always_AreThePublishedOnesWithTheirKinds() =>
        _errors.Select(error => $"{error.Code} {error.Kind}").ShouldBe(
            [
                "attachment.ids_out_of_range Invalid",
                "attachment.invalid_kind Invalid",
                "attachment.invalid_variant Invalid",
                "conversation.hidden_ids_out_of_range Invalid",
                "conversation.invalid_filter Invalid",
                "conversation.invalid_revision Invalid",
                "conversation.sync_out_of_range Invalid",
                "conversation.sync_repeated Invalid",
                "message.ids_out_of_range Invalid",
                "message.sequences_out_of_range Invalid",
                "message.sequences_repeated Invalid",
                "page.ambiguous_cursor Invalid",
                "page.invalid_cursor Invalid",
                "page.limit_out_of_range Invalid",
                "request.too_large TooLarge",
            ],
            ignoreOrder: true);

    /// <summary>The texts take their limits from the constants that the rules use.</summary>
    [Theory]
    [InlineData("conversation.sync_out_of_range", "Name 1 to 200 conversations.")]
    [InlineData("conversation.hidden_ids_out_of_range", "messageIds must have 1 to 100 ids.")]
    [InlineData("message.ids_out_of_range", "messageIds must have 1 to 500 ids. Leave it out to mark all messages as read.")]
    [InlineData("message.sequences_out_of_range", "Name 1 to 50 sequences, each of them 1 or more.")]
    [InlineData("page.limit_out_of_range", "A page has 1 to 100 items.")]
    public void Texts_WithLimits_StateThem(string code, string text) =>
        _errors.Single(error => error.Code == code).Message.ShouldBe(text);

    private static string AggregateOf(string catalogue) => Regex.Replace(catalogue, "(Request)?Errors$", "").ToLowerInvariant();
}
