using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Messages;

/// <content>The files of the message.</content>
public sealed partial class Composer
{
    [Inject]
    private Announcements Announcements { get; set; } = null!;

    /// <summary>Adds files that the user has chosen, pasted or dropped.</summary>
    /// <param name="first">The number of the first file in <see cref="FilesModule"/>.</param>
    private void AddFiles(int first, int count)
    {
        if (_edit is not null)
        {
            foreach (var number in Enumerable.Range(first, count))
                FilesModule.Forget(number);
            _error = "Save or cancel the edit first. Then add the files.";
        }
        else
        {
            var excess = _tray.Add(first, count);
            _error = excess switch
            {
                0 => null,
                1 => $"{Most} 1 file was not added.",
                _ => $"{Most} {excess} files were not added.",
            };
            if (ViewModule.IsWide())
                ViewModule.Focus(TextId);
        }

        StateHasChanged();
    }

    private static string Most => Explanation.OfError("message.too_many_attachments");

    /// <summary>Returns whether all files can be sent. If they are still being uploaded, the message is sent later.</summary>
    private bool AreFilesReady()
    {
        _tray.Expire(Me.Session.Client.ServerTime);
        if (_tray.HasFailed)
        {
            _error = "Some files cannot be sent. Remove them, or upload them again.";
        }
        else if (_tray.IsBusy)
        {
            _waitsForFiles = true;
            Announcements.Say("The message is sent when the files are uploaded.");
        }
        else
        {
            return true;
        }

        return false;
    }

    private void StopWaiting()
    {
        _waitsForFiles = false;
        ViewModule.Focus(TextId);
    }

    private void FollowFiles() => _ = InvokeAsync(async () =>
    {
        if (_waitsForFiles && !_tray.IsBusy)
        {
            _waitsForFiles = false;
            await SubmitAsync();
        }

        StateHasChanged();
    });
}
