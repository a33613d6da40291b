using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CleanMessaging.WebApi.Startup;

/// <summary>
/// Checks that ICU is installed before the first call that needs it. Otherwise .NET would terminate the process with a stack trace and
/// suggest invariant mode, in which text normalization does not work.
/// </summary>
internal static class IcuCheck
{
    /// <summary>The lowest ICU major version that .NET accepts; the library name ends with the major version.</summary>
    private const int VersionMin = 50;
    private const int VersionMax = 255;

    private const int StandardError = 2;

    /// <summary>
    /// Returns whether ICU is available. Otherwise writes the reason to standard error without <see cref="Console"/>, which needs ICU
    /// itself.
    /// </summary>
    public static bool Passes()
    {
        if (!OperatingSystem.IsLinux() || IsAppLocal() || IsInstalled())
            return true;

        using var error = new FileStream(new SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write(
            "CleanMessaging does not start. ICU is missing; the server needs it to normalize text. Install libicu (Debian 12: libicu72, Ubuntu 24.04: libicu74, Fedora: libicu, Alpine: icu-libs icu-data-full).\n"u8);

        return false;
    }

    /// <summary>Whether .NET is configured to load ICU from the application's folder.</summary>
    private static bool IsAppLocal() =>
        AppContext.GetData("System.Globalization.AppLocalIcu") is not null
            || Environment.GetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_APPLOCALICU") is not null;

    private static bool IsInstalled()
    {
        for (var version = VersionMin; version <= VersionMax; version++)
        {
            if (NativeLibrary.TryLoad($"libicuuc.so.{version}", out var library))
            {
                NativeLibrary.Free(library);
                return true;
            }
        }

        return false;
    }
}
