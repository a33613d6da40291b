using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>
/// Finds cycles between folders: of the subfolders of a folder, no two may depend on each other, directly or through others. Files directly
/// in a folder, which often register the types of its subfolders, do not count.
/// </summary>
public sealed partial class FolderTests
{
    /// <summary>
    /// Projects whose types have one namespace, or come from imports. A file depends on the folders of the types that it names.
    /// </summary>
    private static readonly string[] _byName = ["Client", "WebClient"];

    [Fact]
    public void Folders_BelowEachFolder_FormNoCycle()
    {
        var files = Repository
            .Files("*.cs", "*.razor")
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .Select(SourceFile.Read)
            .ToList();
        var dependencies = DependenciesByUsing(files)
            .Concat(_byName.SelectMany(project => DependenciesByName([.. files.Where(file => file.Folder[0] == project)])))
            .ToList();
        var cycles = dependencies
            .GroupBy(dependency => dependency.Parent)
            .Select(
                parent =>
                    (
                        Parent: parent.Key,
                        Folders: string.Join(", ", FoldersInCycles([.. parent.Select(dependency => (dependency.From, dependency.To))]))))
            .Where(cycle => cycle.Folders.Length > 0)
            .ToDictionary(cycle => cycle.Parent, cycle => cycle.Folders);

        foreach (var project in (string[])["Application", "Client", "Domain", "Infrastructure", "WebApi", "WebClient"])
            dependencies.Count(dependency => dependency.Parent == project).ShouldBeGreaterThan(5, project);
        cycles.ShouldBeEmpty();
    }

    /// <summary>
    /// Returns the dependencies that using directives state. The build rejects unused ones, and namespaces that are not the folder.
    /// </summary>
    private static IEnumerable<Dependency> DependenciesByUsing(IEnumerable<SourceFile> files) =>
        from file in files
        where !_byName.Contains(file.Folder[0])
        from Match match in Using().Matches(file.Text)
        let dependency = Dependency.Between(file.Folder, match.Groups["folder"].Value.Split('.'))
        where dependency is not null
        select dependency;

    private static IEnumerable<Dependency> DependenciesByName(IReadOnlyList<SourceFile> files)
    {
        var folders = files.SelectMany(file => file.Types.Select(type => (type, file.Folder)))
            .ToLookup(type => type.type, type => type.Folder);

        return
            from file in files
            from name in file.Names.Distinct()
            from folder in folders[name]
            let dependency = Dependency.Between(file.Folder, folder)
            where dependency is not null
            select dependency;
    }

    /// <summary>Returns the folders that reach themselves.</summary>
    private static IEnumerable<string> FoldersInCycles(IReadOnlyCollection<(string From, string To)> edges)
    {
        var targets = edges.ToLookup(edge => edge.From, edge => edge.To);

        return targets.Select(folder => folder.Key).Where(folder => Reachable(folder).Contains(folder)).Order(StringComparer.Ordinal);

        HashSet<string> Reachable(string start)
        {
            var reached = new HashSet<string>();
            var next = new Stack<string>(targets[start]);
            while (next.TryPop(out var folder))
            {
                if (reached.Add(folder))
                    targets[folder].ToList().ForEach(next.Push);
            }

            return reached;
        }
    }

    [GeneratedRegex(@"^using (?:static )?CleanMessaging\.(?<folder>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    /// <summary>Matches comments and texts, whose words are no names.</summary>
    [GeneratedRegex("""//[^\n]*|@\*.*?\*@|"(\\.|[^"\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex NoCode();

    /// <summary>Matches the declaration of a type that is in no other type.</summary>
    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|record|struct|interface|enum|delegate \S+) (?<name>[A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    /// <summary>Matches a name that is not a member of something.</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*")]
    private static partial Regex Name();

    private sealed record Dependency(string Parent, string From, string To)
    {
        /// <summary>Returns the dependency between two subfolders of a common folder; null when one folder contains the other.</summary>
        public static Dependency? Between(string[] from, string[] to)
        {
            var common = from.Zip(to).TakeWhile(pair => pair.First == pair.Second).Count();

            return common == 0 || common == from.Length || common == to.Length
                ? null
                : new Dependency(string.Join('/', from[..common]), from[common], to[common]);
        }
    }

    /// <param name="Folder">The project and its folders.</param>
    /// <param name="Types">The types that the file declares; a component is a type.</param>
    private sealed record SourceFile(string[] Folder, string Text, IReadOnlyList<string> Types)
    {
        public IEnumerable<string> Names => Name().Matches(NoCode().Replace(Text, "")).Select(match => match.Value);

        public static SourceFile Read(string path)
        {
            var text = Repository.Read(path);
            var parts = path.Split('/');
            var types = Declaration().Matches(text).Select(match => match.Groups["name"].Value);

            return new SourceFile(
                parts[1..^1], text, [.. path.EndsWith(".razor", StringComparison.Ordinal) ? types.Append(parts[^1].Split('.')[0]) : types]);
        }
    }
}
