namespace CleanMessaging.Tests.Support;

/// <summary>Settings of a key ring for tests. Each id always has the same key.</summary>
public static class TestKeys
{
    /// <summary>Returns the key of an id in Base64.</summary>
    public static string ValueOf(string id) =>
        Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(id)));

    /// <summary>Returns the settings of a ring whose first key is the active one.</summary>
    public static Dictionary<string, string?> Settings(params string[] ids)
    {
        var settings = new Dictionary<string, string?> { ["Encryption:ActiveKey"] = ids[0] };
        for (var index = 0; index < ids.Length; index++)
        {
            settings[$"Encryption:Keys:{index}:Id"] = ids[index];
            settings[$"Encryption:Keys:{index}:Value"] = ValueOf(ids[index]);
        }

        return settings;
    }
}
