using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>Bounds the searches for messages: by default to half of the cores, because a search computes more than other reads.</summary>
internal sealed class MessageSearchLimit(IOptions<LimitOptions> options, LimitLog log) : ServerConcurrency(
    options.Value.MessageSearchesInAll(), options.Value.SearchWait, nameof(LimitOptions.MessageSearchesAtOnce), log);
