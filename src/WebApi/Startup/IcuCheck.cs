using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CleanMessaging.WebApi.Startup;

/// <summary>
/// Checks that ICU is there before the first call that needs it: .NET would end the process with a stack trace, and with the advice to switch off what
/// normalizes text.
/// </summary>
internal static class IcuCheck
{
    /// <summary>The name of the library ends with its major version; .NET accepts each of these.</summary>
    private const int VersionMin = 50;
    private const int VersionMax = 255;

    private const int StandardError = 2;

    /// <summary>
    /// Whether the server can start. Otherwise the reason is on standard error, past <see cref="Console"/>, which needs ICU itself.
    /// </summary>
    public static bool Passes()
    {
        if (!OperatingSystem.IsLinux() || IsAppLocal() || IsInstalled())
            return true;

        using var error = new FileStream(new SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write(
            "CleanMessaging does not start. ICU is missing, with which text is normalized. Install libicu (Debian 12: libicu72, Ubuntu 24.04: libicu74, Fedora: libicu, Alpine: icu-libs icu-data-full).\n"u8);

        return false;
    }

    /// <summary>Whether the operator has .NET load ICU from a folder of their own.</summary>
    private static bool IsAppLocal() =>
        AppContext.GetData("System.Globalization.AppLocalIcu") is not null || Environment.GetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_APPLOCALICU") is not null;

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
