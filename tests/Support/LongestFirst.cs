using Xunit.Sdk;
using Xunit.v3;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Starts the collections of the longest test classes first, and the others in random order. A long class that starts late would run by
/// itself in the end, with the other cores idle.
/// </summary>
/// <param name="longest">The classes, the longest first. Each is a collection of its own.</param>
public abstract class LongestFirst(params Type[] longest) : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderBy(collection => PlaceOf(collection))];

    /// <summary>Returns the place of the class whose name the collection has, or the last place.</summary>
    private int PlaceOf(ITestCollection collection)
    {
        var place = Array.FindIndex(
            longest, type => collection.TestCollectionDisplayName.Contains($" {type.FullName} ", StringComparison.Ordinal));

        return place < 0 ? longest.Length : place;
    }
}
