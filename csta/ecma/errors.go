package ecma

// ErrorCategory is the child of CSTAErrorCode that holds the value (ECMA-323
// error-value).
type ErrorCategory string

const (
	CategoryOperation            ErrorCategory = "operation"
	CategoryStateIncompatibility ErrorCategory = "stateIncompatibility"
	// CategorySystemResourceAvailability is spelled as the schema spells it.
	CategorySystemResourceAvailability     ErrorCategory = "systemResourceAvailibility"
	CategorySubscribedResourceAvailability ErrorCategory = "subscribedResourceAvailability"
	CategoryPerformanceManagement          ErrorCategory = "performanceManagement"
	CategorySecurity                       ErrorCategory = "security"
	CategoryPrivateData                    ErrorCategory = "privateData"
	// CategoryPrivateErrorCode holds free text.
	CategoryPrivateErrorCode ErrorCategory = "privateErrorCode"
	// CategoryUnspecified has no value.
	CategoryUnspecified ErrorCategory = "unspecified"
)

var errorCategories = [...]ErrorCategory{
	CategoryOperation, CategoryStateIncompatibility, CategorySystemResourceAvailability,
	CategorySubscribedResourceAvailability, CategoryPerformanceManagement, CategorySecurity,
	CategoryPrivateData, CategoryPrivateErrorCode, CategoryUnspecified,
}

// Error is the negative response CSTAErrorCode, and a Go error. Its values are
// the package's Err variables; compare with errors.Is.
type Error struct {
	Category ErrorCategory
	Value    string
}

func (e *Error) Error() string {
	if e.Value == "" {
		return "csta error " + string(e.Category)
	}
	return "csta error " + string(e.Category) + " " + e.Value
}

// Is tells whether target is the same CSTA error.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && *e == *t
}

// Element implements Message.
func (*Error) Element() string { return "CSTAErrorCode" }

func (e *Error) fields(c *codec) {
	if !c.reading() {
		if e.Category == CategoryUnspecified || e.Category == "" {
			c.empty(string(CategoryUnspecified))
			return
		}
		c.element(string(e.Category), e.Value)
		return
	}
	for _, category := range errorCategories {
		kind := Text
		if category == CategoryUnspecified {
			kind = Sign
		}
		if c.describes(string(category), kind, optional) {
			continue
		}
		if child := c.child(string(category), optional); child != nil {
			e.Category = category
			if category != CategoryUnspecified {
				e.Value = textOf(child)
			}
			return
		}
	}
	e.Category = CategoryUnspecified
}
