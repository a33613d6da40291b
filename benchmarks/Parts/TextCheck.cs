using BenchmarkDotNet.Attributes;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Benchmarks.Parts;

/// <summary>Measures the validation of message text.</summary>
[MemoryDiagnoser]
public class TextCheck
{
    private static readonly string _line = "Shall we talk about the second round on Thursday, before the board meets?";
    private static readonly string _longest = new('a', MessageContent.MaxLength);
    private static readonly string _emoji = string.Concat(Enumerable.Repeat("\U0001F600", MessageContent.MaxLength));

    /// <summary>The worst case: the check reads every character before it knows that the text is blank.</summary>
    private static readonly string _blank = new('\u200B', MessageContent.MaxLength);

    [Benchmark(Baseline = true)]
    public DomainError? Line() => MessageContent.Check(_line);

    [Benchmark]
    public DomainError? LongestText() => MessageContent.Check(_longest);

    [Benchmark]
    public DomainError? LongestTextOfEmoji() => MessageContent.Check(_emoji);

    [Benchmark]
    public DomainError? LongestBlank() => MessageContent.Check(_blank);
}
