using System.ComponentModel;

namespace CleanMessaging.PrivatePostgres;

/// <summary>
/// The account that runs PostgreSQL's programs: normally the current one. PostgreSQL does not run as root, so root switches to
/// <c>postgres</c> or, if that does not exist, to <c>nobody</c>.
/// </summary>
internal sealed class ServerAccount
{
    private static readonly string[] _unprivileged = ["postgres", "_postgres", "nobody"];

    private readonly IReadOnlyList<string> _launcher;
    private readonly string _owner;

    private ServerAccount(string name, IReadOnlyList<string> launcher, string owner)
    {
        Name = name;
        _launcher = launcher;
        _owner = owner;
    }

    public string Name { get; }

    /// <summary>Whether PostgreSQL's programs can use files only after a change of owner.</summary>
    public bool IsAnother => _launcher.Count > 0;

    /// <exception cref="InvalidOperationException">The current user is root and cannot switch to another account.</exception>
    public static async Task<ServerAccount> FindAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return new ServerAccount(Environment.UserName, [], "");

        foreach (var name in _unprivileged)
        {
            if (await AskAsync(["id", "-u", name], cancellationToken) is not { } user
                || await AskAsync(["id", "-g", name], cancellationToken) is not { } group)
            {
                continue;
            }

            foreach (var launcher in Launchers(name, user, group))
            {
                if (await AskAsync([.. launcher, "id", "-u"], cancellationToken) == user)
                    return new ServerAccount(name, launcher, $"{user}:{group}");
            }
        }

        throw new InvalidOperationException(
            "PostgreSQL does not run as root, and switching to another account failed (postgres or nobody, through setpriv, runuser, su "
            + "or sudo). Start the application as an ordinary user, or set ConnectionStrings:Messaging.");
    }

    /// <summary>Runs the program under this account.</summary>
    public Task<ToolResult> RunAsync(IReadOnlyList<string> command, string workingDirectory, CancellationToken cancellationToken) =>
        Tool.RunAsync([.. _launcher, .. command], workingDirectory, cancellationToken);

    /// <summary>Makes the account the owner of a file or an empty folder that this process has just created.</summary>
    public async Task HandOverAsync(string path, CancellationToken cancellationToken)
    {
        if (!IsAnother)
            return;

        var result = await Tool.RunAsync(["chown", "-h", _owner, path], "/", cancellationToken);
        if (!result.Succeeded)
            throw new InvalidOperationException($"Changing the owner of {path} to {Name} failed: {result.Output}");
    }

    // The account's login shell may be nologin, hence /bin/sh. "$0" "$@" passes arguments on without quoting them again.
    private static IEnumerable<IReadOnlyList<string>> Launchers(string name, string user, string group) =>
    [
        ["setpriv", $"--reuid={user}", $"--regid={group}", "--init-groups", "--"],
        ["runuser", "-u", name, "--"],
        ["su", "-s", "/bin/sh", "-c", """exec "$0" "$@" """, "--", name],
        ["sudo", "-n", "-u", name, "--"],
    ];

    private static async Task<string?> AskAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            var result = await Tool.RunAsync(command, "/", cancellationToken);

            return result.Succeeded ? result.Output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
