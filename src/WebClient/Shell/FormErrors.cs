using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.Shell;

/// <summary>The validation errors of a form: a sentence for each invalid field, and one for the whole form.</summary>
internal sealed class FormErrors
{
    private readonly Dictionary<string, string> _ofFields = [];

    /// <summary>The error of the whole form; null when there is none.</summary>
    public string? OfForm { get; private set; }

    public bool Any => OfForm is not null || _ofFields.Count > 0;

    /// <summary>Returns the error of a field, by the name of the request's member; null when there is none.</summary>
    public string? Of(string member) => _ofFields.GetValueOrDefault(member);

    public void Clear()
    {
        OfForm = null;
        _ofFields.Clear();
    }

    public void Add(string member, string sentence) => _ofFields[member] = sentence;

    /// <summary>Assigns the errors of a rejected request to the fields and the form.</summary>
    /// <param name="members">The members for which the form has a field.</param>
    public void Assign(MessagingException rejection, params string[] members)
    {
        if (rejection is not InvalidRequestException { Errors.Count: > 0 } invalid || !invalid.Errors.Keys.All(members.Contains))
        {
            OfForm = Explanation.Of(rejection);
            return;
        }

        foreach (var (member, errors) in invalid.Errors)
            _ofFields[member] = string.Join(' ', errors.Select(Explanation.Of).Distinct());
    }

    /// <summary>Moves the focus to the first invalid field.</summary>
    /// <param name="fields">The members and the ids of their fields, in the order of the form.</param>
    public void FocusFirst(params (string Member, string Id)[] fields)
    {
        if (fields.FirstOrDefault(field => _ofFields.ContainsKey(field.Member)).Id is { } id)
            ViewModule.Focus(id);
    }
}
