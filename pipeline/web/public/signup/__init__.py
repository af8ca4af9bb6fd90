"""
The pages of sign-up.

    /subscribe          the lists that anybody may join
    /subscribe/LIST     the form of one of them; posted, it asks for a message
    /s/TOKEN            what that message leads to: yes, or no thanks
"""
