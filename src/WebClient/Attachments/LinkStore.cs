using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>Requests the addresses of files, which are valid for some minutes, and reuses them while they are.</summary>
internal sealed class LinkStore(MessagingClient client)
{
    /// <summary>How long an address must still be valid, so that a browser or a player can begin to load it.</summary>
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Guid, AttachmentLink> _links = [];

    /// <summary>Returns the address of a file; null if it is not available any more.</summary>
    /// <param name="isRenewed">Whether to request a new address, because the server did not accept the previous one.</param>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public async Task<string?> FindAsync(Guid attachmentId, bool isRenewed = false)
    {
        if (!isRenewed && _links.TryGetValue(attachmentId, out var known) && client.ServerTime < known.ExpiresAt - _margin)
            return known.Url;

        _links.Remove(attachmentId);
        foreach (var expired in _links.Values.Where(link => link.ExpiresAt <= client.ServerTime).ToList())
            _links.Remove(expired.AttachmentId);
        if (await client.Attachments.CreateLinksAsync([attachmentId]) is not [var link])
            return null;

        _links[attachmentId] = link;

        return link.Url;
    }
}
