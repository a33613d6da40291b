using System.Globalization;
using System.Text;

namespace CleanMessaging.PrivatePostgres;

/// <summary>
/// The configuration file of a private cluster: the defaults, then the caller's settings, then the settings that the caller cannot change.
/// </summary>
internal sealed class ClusterSettings(IReadOnlyDictionary<string, string> additional)
{
    private static readonly string[] _fixed =
    [
        "listen_addresses", "port", "unix_socket_directories", "data_directory", "hba_file", "ident_file", "config_file",
        "include", "include_dir", "include_if_exists",
    ];

    private readonly IReadOnlyDictionary<string, string> _additional = Checked(additional);

    /// <summary>Whether committed data survives a crash of the machine. Tests turn this off.</summary>
    public bool IsDurable => !_additional.TryGetValue("fsync", out var value) || value is not ("off" or "false" or "no" or "0");

    public string Write(int port)
    {
        var text = new StringBuilder("# Rewritten at every start; edits are lost.\n");
        text.Append(CultureInfo.InvariantCulture, $"include '{ClusterFolder.DataName}/postgresql.conf'\n");

        // The name that ps shows.
        Add("cluster_name", "cleanmessaging");

        // Keeps message texts out of the log: no errors that quote a value (the client gets them anyway), no failed statements,
        // no parameters, and no DETAIL, which contains the statement of a crashed process.
        Add("log_min_messages", "log");
        Add("log_min_error_statement", "panic");
        Add("log_parameter_max_length_on_error", "0");
        Add("log_min_duration_statement", "-1");
        Add("log_error_verbosity", "terse");

        foreach (var (name, value) in _additional)
            Add(name, value);

        Add("listen_addresses", "127.0.0.1");
        Add("unix_socket_directories", "");
        Add("port", port.ToString(CultureInfo.InvariantCulture));

        return text.ToString();

        void Add(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name} = '{Quoted(value)}'\n");
    }

    private static string Quoted(string value) =>
        value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);

    private static IReadOnlyDictionary<string, string> Checked(IReadOnlyDictionary<string, string> settings)
    {
        foreach (var (name, value) in settings)
        {
            if (_fixed.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new ArgumentException($"The caller cannot set {name} of a private cluster.", nameof(settings));

            if (!name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.') || value.AsSpan().ContainsAny('\r', '\n'))
                throw new ArgumentException($"{name} is not the name of a setting, or its value has more than one line.", nameof(settings));
        }

        return settings;
    }
}
