namespace CleanMessaging.Domain.Attachments;

/// <summary>How far an upload is.</summary>
public enum AttachmentState : short
{
    /// <summary>The server receives the bytes, or inspects them.</summary>
    Receiving = 0,

    /// <summary>The bytes were inspected and stored. The attachment can be sent.</summary>
    Ready = 1,

    /// <summary>The bytes were rejected for good and are deleted.</summary>
    Rejected = 2,
}
