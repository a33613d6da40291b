using System.Runtime.CompilerServices;

namespace CleanMessaging.Tests.Support;

/// <summary>A test that only a thorough run executes; other runs skip it with <see cref="Thorough.Only"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Skip = Thorough.Only;
        SkipUnless = nameof(Thorough.IsOn);
        SkipType = typeof(Thorough);
    }
}
